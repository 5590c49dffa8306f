//! The process that writes a run, as seen from another one.
//!
//! Whether it lives is told by the lock of its folder, which the system gives back when it dies. Its
//! number alone tells nothing: after its death another process gets it.

use std::path::Path;

use bert_core::files::{LockState, lock_state};

use crate::events::{RunHistory, host_name};

/// Whether the process of a run lives; not known of another machine's, nor where the file system
/// has no locks.
pub(super) fn is_alive(folder: &Path, history: &RunHistory) -> Option<bool> {
    let environment = &history.start.as_ref()?.environment;
    if environment.host != host_name() {
        return None;
    }
    match lock_state(folder) {
        LockState::Held(_) => Some(true),
        LockState::Free => Some(false),
        LockState::Unknown => None,
    }
}

/// Sends SIGINT to the process that has the folder's lock, if that is one of this machine; false
/// where it is none, or cannot be told for sure.
#[cfg(unix)]
pub(super) fn interrupt(folder: &Path) -> bool {
    use rustix::process::Pid;

    let LockState::Held(Some(holder)) = lock_state(folder) else {
        return false;
    };
    let pid = i32::try_from(holder.pid).ok().and_then(Pid::from_raw);
    holder.host == host_name() && pid.is_some_and(|pid| interrupt_holder(pid, folder))
}

/// Of a container on the same machine the number can be somebody else's here: the process must have
/// the file open that is locked. It is signalled through a handle that was opened before that was
/// seen, so that it is the same process whoever has its number by then.
#[cfg(target_os = "linux")]
fn interrupt_holder(pid: rustix::process::Pid, folder: &Path) -> bool {
    use rustix::process::{PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

    let handle = pidfd_open(pid, PidfdFlags::empty());
    if !has_open(pid, &folder.join(bert_core::files::LOCK)) {
        return false;
    }
    match handle {
        Ok(handle) => pidfd_send_signal(handle, Signal::INT).is_ok(),
        // Linux before 5.3.
        Err(_) => kill_process(pid, Signal::INT).is_ok(),
    }
}

#[cfg(target_os = "linux")]
fn has_open(pid: rustix::process::Pid, path: &Path) -> bool {
    use bert_core::files::is_same;

    let folder = format!("/proc/{}/fd", pid.as_raw_pid());
    let mut files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.any(|file| is_same(&file.path(), path))
}

/// The lock is held, and so its process lives under the number that it has written down.
#[cfg(all(unix, not(target_os = "linux")))]
fn interrupt_holder(pid: rustix::process::Pid, _folder: &Path) -> bool {
    rustix::process::kill_process(pid, rustix::process::Signal::INT).is_ok()
}

/// There is no such signal.
#[cfg(not(unix))]
pub(super) fn interrupt(_folder: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, Stdio};

    use bert_core::files::{Holder, LOCK};

    use super::*;

    /// A lock that says that this process has it.
    fn lock(folder: &Path, pid: u32, host: &str) -> File {
        let holder = Holder {
            pid,
            host: host.to_owned(),
            since: 1.0,
        };
        let path = folder.join(LOCK);
        std::fs::write(&path, serde_json::to_string(&holder).unwrap()).unwrap();
        let file = File::open(path).unwrap();
        file.lock().unwrap();
        file
    }

    /// A process that signals end, also where whoever runs the tests ignores them, as nohup and a
    /// script's `&` do: what is ignored would stay so.
    fn sleep(stdin: Stdio) -> Child {
        let mut command = Command::new("env");
        command.args(["--default-signal", "sleep", "100"]);
        let child = command.stdin(stdin).spawn().unwrap();
        let name = format!("/proc/{}/comm", child.id());
        // Until then it is `env`, which may ignore them yet.
        while std::fs::read_to_string(&name).is_ok_and(|name| name.trim() != "sleep") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child
    }

    #[test]
    fn a_process_that_only_has_the_number_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let mut other = sleep(Stdio::null());
        // Left by a process that is dead; had by another one; had on another machine.
        drop(lock(root.path(), other.id(), &host_name()));
        assert!(!interrupt(root.path()));
        let held = lock(root.path(), other.id(), &host_name());
        assert!(!interrupt(root.path()));
        drop(held);
        let _held = lock(root.path(), std::process::id(), "elsewhere");
        assert!(!interrupt(root.path()));
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn the_process_that_has_the_lock_is_interrupted() {
        let root = tempfile::tempdir().unwrap();
        let file = lock(root.path(), 0, "");
        // An open file is locked for all that it was handed on to.
        let mut child = sleep(file.try_clone().unwrap().into());
        drop(file);
        let holder = Holder {
            pid: child.id(),
            host: host_name(),
            since: 1.0,
        };
        let text = serde_json::to_string(&holder).unwrap();
        std::fs::write(root.path().join(LOCK), text).unwrap();
        assert!(interrupt(root.path()));
        assert_eq!(child.wait().unwrap().signal(), Some(2));
        assert_eq!(lock_state(root.path()), LockState::Free);
        assert!(!interrupt(root.path()));
    }
}
