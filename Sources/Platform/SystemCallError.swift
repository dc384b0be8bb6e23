import CLinux
internal import Glibc

/// A system call that the kernel refused.
public struct SystemCallError: Explained, Equatable {
    /// The call's name, as its manual page has it.
    public let call: String
    /// What it was called on: a path, a command, a descriptor's name.
    public let subject: String
    /// The error number, see errno(3).
    public let code: Int32

    /// Makes the error from its parts; `code` is a positive errno.
    public init(_ call: String, _ subject: String, code: Int32) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The thing named does not exist.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }

    /// Words for the errno, and a remedy for those that a person can cure.
    public var explanation: Explanation {
        let words = linux_error_text(code).map { String(cString: $0) } ?? "error \(code)"
        return Explanation("\(call): \(words)", at: subject, hint: hint)
    }

    /// What is begun lies in a hidden folder, which is gone when somebody looks.
    private var lastingFolder: String {
        ShellWord.plain(
            String(subject.dropFirst().firstRange(of: "/.").map { subject[..<$0.lowerBound] } ?? subject[...]))
    }

    private var word: String { ShellWord.plain(subject) }

    private var hint: String {
        if call == "posix_spawn", let hint = hintOfProgram { return hint }
        return switch code {
        case ENOSPC, EDQUOT: "free space on that file system (df -h \(lastingFolder)), then run again"
        case EACCES where isPath, EPERM where isPath: "check owner and mode along the path (namei -l \(word))"
        case EACCES, EPERM: "this user may not: look at the rights that it runs with (id)"
        case EROFS: "the file system is read-only: see dmesg for why, then remount it writable"
        case ENOENT where isPath: "check that the path is right and that it exists"
        case ENOTDIR: "a part of the path is not a folder: move it away (namei -l \(word))"
        case EISDIR: "a folder is there: name a file, or move the folder away"
        case EEXIST, ENOTEMPTY: "something is there already: look at it, and move it away if it is not needed"
        case EFBIG: "it is larger than what belongs there: check that the path names the right file"
        case ENAMETOOLONG: "choose a shorter path"
        case EBUSY where isPath, ETXTBSY where isPath:
            "end what uses it (sudo fuser -v \(word), of the package psmisc), then run again"
        case EBUSY, ETXTBSY: "it is in use: end what uses it, then run again"
        case EXDEV: "both must lie on one file system: look at what is mounted there (findmnt -T \(word))"
        case ENOMEM: "there is too little memory: end what is not needed (free -m), then run again"
        case EAGAIN: "the limit of processes or threads is reached (ulimit -u): end some, or raise it"
        case EPIPE: "the program at the other end has ended: see what it said last, then run again"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case EIO: "the disk reports an error: see dmesg"
        case ELOOP: "there is a symbolic link where none may be: look at it with namei -l \(word)"
        default: "run again; if it stays, look at \(isPath ? "that path and at " : "")dmesg"
        }
    }

    /// Not such as `a thread` or `standard input`.
    private var isPath: Bool { subject.contains("/") || !subject.contains(" ") && !subject.isEmpty }

    private var hintOfProgram: String? {
        switch code {
        case ENOENT where ["/usr/", "/bin/", "/sbin/"].contains(where: subject.hasFirstBytes):
            "install its package: sudo apt-get install apt-file && sudo apt-file update && apt-file search \(word)"
        case ENOENT: "the program, its interpreter or its working folder is not there: ls -l \(word); head -n 1 \(word)"
        case EACCES, EPERM, ENOEXEC: "it may not be run: check its mode, and how its file system is mounted"
        default: nil
        }
    }
}

/// Calls `body` until it is not interrupted; -1 becomes the error.
@discardableResult
func check<Value: SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String, _ body: () -> Value
) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        let code = errno
        if value >= 0 { return value }
        if code != EINTR { throw SystemCallError(call, subject(), code: code) }
    }
}

/// The same for the functions of CLinux, which return `-errno`.
@discardableResult
func checkNegated<Value: SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String, _ body: () -> Value
) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        if value >= 0 { return value }
        let code = Int32(-value)
        if code != EINTR { throw SystemCallError(call, subject(), code: code) }
    }
}
