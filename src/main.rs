//! The program on the server; `common-ground --help` lists what it can do. All of it is in the library.

use std::process::ExitCode;

/// Rendering makes and drops many small strings, at which this allocator is faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    common_ground::commands::main()
}
