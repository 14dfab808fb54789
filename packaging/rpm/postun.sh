if [ "$1" = 0 ]; then
    rm -f /var/lib/prometheus/node-exporter/regdoctor.prom
    # The folders that no package owns.
    rm -rf /usr/share/doc/regdoctor /usr/share/licenses/regdoctor
    rmdir /etc/regdoctor 2>/dev/null || :
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    if [ "$1" -ge 1 ]; then
        systemctl try-restart regdoctor-check.timer || :
    fi
fi
