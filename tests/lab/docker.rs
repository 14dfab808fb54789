//! Docker as a person uses it: with the command where there is one, over the API where there is none.

use crate::bench::Bench;

/// An image of busybox alone, imported once per machine; it is tagged for the registry by `push`.
const IMAGE: &str = "lab-busybox:1";

impl Bench {
    fn curl(&mut self, method: &str, path: &str, more: &str) -> Result<String, String> {
        let script = format!("curl -sS --unix-socket /run/docker.sock -X {method} {more} 'http://docker{path}'");
        let ran = self.run(&script);
        if ran.ok() { Ok(ran.stdout) } else { Err(format!("`{script}` failed: {}", ran.stderr)) }
    }

    /// Imports the image, if it is not there.
    pub fn image(&mut self) -> Result<(), String> {
        self.must(
            "mkdir -p /tmp/image/bin && cp /bin/busybox /tmp/image/bin/ && ln -sf busybox /tmp/image/bin/sh \
                   && tar -C /tmp/image -cf /tmp/image.tar .",
        )?;
        let made = self.curl(
            "POST",
            "/images/create?fromSrc=-&repo=lab-busybox&tag=1",
            "-H 'Content-Type: application/x-tar' --data-binary @/tmp/image.tar",
        )?;
        no_error(&made)
    }

    /// `docker push` of the image to a repository of this registry.
    pub fn push(&mut self, registry: &str) -> Result<(), String> {
        let name = format!("{registry}/team/app");
        if self.machine.spec.docker_command {
            self.must(&format!("docker tag {IMAGE} {name}:1"))?;
            let ran = self.run(&format!("timeout 100 docker push {name}:1"));
            return if ran.ok() { Ok(()) } else { Err(ran.stdout + &ran.stderr) };
        }
        self.curl("POST", &format!("/images/{IMAGE}/tag?repo={name}&tag=1"), "")?;
        // `{}` in base64: nobody.
        let pushed = self.curl("POST", &format!("/images/{name}/push?tag=1"), "-H 'X-Registry-Auth: e30='")?;
        no_error(&pushed)
    }

    /// `docker pull` of what was pushed, after the local copy is gone.
    pub fn pull(&mut self, registry: &str) -> Result<(), String> {
        let name = format!("{registry}/team/app");
        if self.machine.spec.docker_command {
            self.run(&format!("docker rmi {name}:1"));
            let ran = self.run(&format!("docker pull {name}:1"));
            return if ran.ok() { Ok(()) } else { Err(ran.stdout + &ran.stderr) };
        }
        self.curl("DELETE", &format!("/images/{name}:1"), "")?;
        let pulled = self.curl("POST", &format!("/images/create?fromImage={name}&tag=1"), "")?;
        no_error(&pulled)
    }

    /// Push fails, and for the reason of missing trust.
    pub fn refused(&mut self, registry: &str) -> Result<(), String> {
        match self.push(registry) {
            Ok(()) => Err(format!("a push to {registry} works, and should not")),
            Err(text) if text.contains("HTTP response to HTTPS client") || text.contains("x509") => Ok(()),
            Err(text) => Err(format!("the push failed for another reason: {text}")),
        }
    }

    /// Push and pull work.
    pub fn works(&mut self, registry: &str) -> Result<(), String> {
        self.push(registry)?;
        self.pull(registry)
    }

    /// Starts a container that runs until it is told to end; its id.
    pub fn container(&mut self) -> Result<String, String> {
        let body = "{\"Image\":\"lab-busybox:1\",\"Cmd\":[\"/bin/busybox\",\"sh\",\"-c\",\"trap exit TERM; while :; do /bin/busybox sleep 1; done\"],\
                    \"HostConfig\":{\"NetworkMode\":\"none\"}}";
        let made = self.curl(
            "POST",
            "/containers/create?name=resident",
            &format!("-H 'Content-Type: application/json' -d '{body}'"),
        )?;
        let id =
            made.split("\"Id\":\"").nth(1).and_then(|rest| rest.split('"').next()).ok_or(made.clone())?.to_string();
        self.curl("POST", &format!("/containers/{id}/start"), "")?;
        self.resident().map(|()| id)
    }

    /// The container runs.
    pub fn resident(&mut self) -> Result<(), String> {
        let list = self.machine.docker_get("/containers/json")?;
        if list.contains("/resident") { Ok(()) } else { Err("the container does not run".into()) }
    }
}

/// A stream's failure is in its last object, with status 200.
fn no_error(stream: &str) -> Result<(), String> {
    let bad = stream.lines().find(|line| line.contains("\"error\"") || line.contains("\"message\""));
    bad.map_or(Ok(()), |line| Err(line.to_string()))
}
