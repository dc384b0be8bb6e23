import Glibc
import Platform
import Testing

@Suite struct SystemCallErrorTests {
    @Test(arguments: [
        ("/srv/bundles/tools/.staging-7/content/lib/a.js", "/srv/bundles/tools"),
        ("/srv/data/x.bin", "/srv/data/x.bin"),
        ("/.hidden/x", "/.hidden/x"), ("pipe", "pipe"),
    ])
    func `a full disk's hint names a folder that is still there when somebody looks`(path: String, shown: String) {
        let hint = SystemCallError("write", path, code: ENOSPC).explanation.hint
        #expect(hint == "free space on that file system (df -h \(shown)), then run again")
    }

    /// A call, what it was called on, the error, and a part of the remedy.
    @Test(arguments: [
        ("posix_spawn", "/usr/bin/sudo", ENOENT, "apt-file search /usr/bin/sudo"), ("open", "/srv/x", ENOENT, "check that the path"),
        ("posix_spawn", "/usr/bin/sudo", EACCES, "may not be run"), ("open", "/srv/x", EACCES, "namei -l /srv/x"),
        ("read", "host.json", EFBIG, "names the right file"), ("read", "/srv", EISDIR, "a folder is there"),
        ("pthread_create", "a thread", EAGAIN, "ulimit -u"), ("write", "standard input", EPIPE, "the other end"),
        ("write", "standard input", EINVAL, "look at dmesg"),
        ("open", "/srv/x", EINVAL, "look at that path and at dmesg"),
    ])
    func `a remedy fits the call, what it was called on, and the error`(
        call: String, subject: String, code: Int32, remedy: String
    ) {
        let hint = SystemCallError(call, subject, code: code).explanation.hint
        #expect(hint.contains(remedy), "\(hint)")
    }
}
