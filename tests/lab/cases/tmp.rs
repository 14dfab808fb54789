use crate::bench::Bench;
pub fn shell(bench: &mut Bench) -> Result<(), String> {
    let _ = bench.serve(5000, None)?;
    let script = std::env::var("LAB_SCRIPT").unwrap_or_default();
    let ran = bench.run(&std::fs::read_to_string(script).map_err(|e| e.to_string())?);
    println!("status {}\n{}\n{}", ran.status, ran.stdout, ran.stderr);
    Ok(())
}
