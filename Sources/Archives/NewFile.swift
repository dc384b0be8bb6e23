internal import Glibc
import Platform

/// What is done to every file once its content is written.
enum NewFile {
    /// Gives it the mode that the umask kept from it, and its time; the answer is the time that it has now.
    static func finish(
        _ file: borrowing Descriptor, _ path: @autoclosure () -> String, mode: UInt32, umask: UInt32, modified: Int64?
    ) throws(SystemCallError) -> Int64 {
        let number = file.number
        if mode & umask != 0, fchmod(number, mode) < 0 { throw SystemCallError("fchmod", path(), code: errno) }
        guard let modified else {
            var status = stat()
            if fstat(number, &status) < 0 { throw SystemCallError("fstat", path(), code: errno) }
            return status.st_mtim.nanoseconds
        }
        let times = [time(modified), time(modified)]
        if futimens(number, times) < 0 { throw SystemCallError("futimens", path(), code: errno) }
        return modified
    }

    static func time(_ nanoseconds: Int64) -> timespec {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0
            ? timespec(tv_sec: Int(seconds) - 1, tv_nsec: Int(rest) + 1_000_000_000)
            : timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
    }

    /// What the process takes from every new file's mode; reading it by umask(2) would change it for all threads.
    static func umask() throws(SystemCallError) -> UInt32 {
        let status = try Files.text("/proc/self/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Umask:") }
        // Unknown: every file gets its mode by a call of its own.
        return line.flatMap { UInt32($0.dropFirst(6).drop { $0 == "\t" || $0 == " " }, radix: 8) } ?? 0o777
    }
}
