import Glibc
import Platform
import Support
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
        ("posix_spawn", "/usr/bin/sudo", ENOENT, "apt-file search /usr/bin/sudo"),
        ("open", "/srv/x", ENOENT, "check that the path"),
        ("posix_spawn", "/usr/bin/sudo", EACCES, "may not be run"), ("open", "/srv/x", EACCES, "namei -l /srv/x"),
        ("posix_spawn", "/srv/my app/run", ENOENT, "ls -l '/srv/my app/run'"), ("open", "a thread", EACCES, "(id)"),
        ("open", "/srv/a b", EPERM, "namei -l '/srv/a b'"), ("read", "host.json", EFBIG, "names the right file"),
        ("read", "/srv", EISDIR, "a folder is there"),
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

    private static let codes = [
        ENOSPC, EDQUOT, EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EISDIR, EEXIST, ENOTEMPTY, EFBIG, ENAMETOOLONG, EBUSY,
        ETXTBSY, EXDEV, ENOMEM, EAGAIN, EPIPE, EMFILE, ENFILE, EIO, ELOOP, EINVAL, ENOEXEC,
    ]

    @Test func `every error says what happened, where, and what to do about it`() throws {
        let calls = ["open", "posix_spawn"], subjects = [AwkwardPlace.path, "/usr/bin/sudo", "a thread"]
        let examples = calls.flatMap { call in
            subjects.flatMap { subject in Self.codes.map { SystemCallError(call, subject, code: $0) } }
        }
        #expect(ErrorWalk(SystemCallError.self, in: "Platform/SystemCallError.swift", examples).faults == [])
        let proxies = [
            ProxyError.malformed(variable: "https_proxy", reason: "has no host"),
            .unknownScheme(variable: "http_proxy"),
        ]
        #expect(ErrorWalk(ProxyError.self, in: "Platform/ProxyError.swift", proxies).faults == [])
    }

    @Test func `line breaks of an outside text make no lines of their own`() {
        let words = Explanation("visudo: bad\nhint: rm -r /", at: "/etc/a\rb", hint: "look\nat it")
        #expect(words.lines == "error: /etc/a b: visudo: bad hint: rm -r /\nhint: look at it")
    }
}
