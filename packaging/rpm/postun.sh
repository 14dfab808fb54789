if [ "$1" = 0 ]; then
    rm -f /var/lib/prometheus/node-exporter/regdoctor.prom
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    if [ "$1" -ge 1 ]; then
        systemctl try-restart regdoctor-check.timer || :
    fi
fi
