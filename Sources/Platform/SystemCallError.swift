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
    private var lastingFolder: Substring {
        subject.dropFirst().firstRange(of: "/.").map { subject[..<$0.lowerBound] } ?? subject[...]
    }

    private var hint: String {
        switch code {
        case ENOSPC, EDQUOT: "free space on that file system (df -h \(lastingFolder)), then run again"
        case EACCES, EPERM: "check owner and mode along the path (namei -l \(subject))"
        case EROFS: "the file system is read-only: see dmesg for why, then remount it writable"
        case ENOENT: "check that the path is right and that it exists"
        case ENOTDIR: "a part of the path is not a folder: move it away (namei -l \(subject))"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case EIO: "the disk reports an error: see dmesg"
        case ELOOP: "there is a symbolic link where none may be: look at it with namei -l \(subject)"
        default: "run again; if it stays, look at that path and at dmesg"
        }
    }
}

/// Calls `body` until it is not interrupted; -1 becomes the error.
@discardableResult
func check<Value: SignedInteger>(
    _ call: String, _ subject: String, _ body: () -> Value
) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        let code = errno
        if value >= 0 { return value }
        if code != EINTR { throw SystemCallError(call, subject, code: code) }
    }
}

/// The same for the functions of CLinux, which return `-errno`.
@discardableResult
func checkNegated<Value: SignedInteger>(
    _ call: String, _ subject: String, _ body: () -> Value
) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        if value >= 0 { return value }
        let code = Int32(-value)
        if code != EINTR { throw SystemCallError(call, subject, code: code) }
    }
}
