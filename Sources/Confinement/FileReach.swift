internal import CLinux
internal import Glibc
public import Platform

/// Which files a thread may still change, and read, when it has given up the rest.
///
/// The kernel keeps it to that (landlock(7)), through whatever links, renames and races it is led. Modes, owners and times are
/// not in the kernel's power here, nor is a file that was open before.
public struct FileReach: Sendable {
    private let writing: [String]
    private let reading: [String]?
    private let followsLinks: Bool

    /// May change what is beneath these folders, reached through no link, and read everything.
    ///
    /// Of a folder that is not there, the nearest one above it that is.
    public init(writing folders: [String]) {
        writing = folders
        reading = nil
        followsLinks = false
    }

    /// May change what is beneath this folder, and read that and these files.
    public init(writing folder: String, reading files: [String]) {
        writing = [folder]
        reading = files
        followsLinks = true
    }

    /// The version of Landlock that the kernel enforces, from 1 on; nil when it has none, or it is switched off.
    public static var landlockVersion: Int32? {
        let version = linux_landlock_version()
        return version > 0 ? version : nil
    }

    /// Version 1 refuses every hard link from one folder to another.
    private static let leastVersion: Int32 = 2

    /// Landlock is there, and lets us do all that we have to.
    public static var isEnforced: Bool { (landlockVersion ?? 0) >= leastVersion }

    /// Gives up the rest for the calling thread, and for all that it starts; there is no way back.
    ///
    /// Where the kernel cannot, nothing changes.
    func confine() throws(SystemCallError) {
        guard Self.isEnforced else { return }
        var open: [Int32] = []
        defer { for number in open { close(number) } }
        var reach: [linux_reach] = []
        for (path, writes) in writing.map({ ($0, 1) }) + (reading ?? []).map({ ($0, 0) }) {
            // What is not reached is not given: who goes there then is refused.
            guard let number = descriptor(path) else { continue }
            open.append(number)
            reach.append(linux_reach(descriptor: number, writes: Int32(writes)))
        }
        let code = linux_landlock(reach, reach.count, reading == nil ? 0 : 1)
        if code < 0 { throw SystemCallError("landlock_restrict_self", "a thread", code: -code) }
    }

    private func descriptor(_ path: String) -> Int32? {
        if followsLinks {
            let number = open(path, Descriptor.pathOnly | O_CLOEXEC)
            return number < 0 ? nil : number
        }
        let root = open("/", Descriptor.pathOnly | O_CLOEXEC)
        guard root >= 0, path.hasFirstBytes("/") else { return nil }
        defer { close(root) }
        var path = path
        while true {
            let number = linux_open_beneath(root, path == "/" ? "." : String(path.dropFirst()), Descriptor.pathOnly, 0)
            if number >= 0 { return number }
            guard number == -ENOENT, path != "/" else { return nil }
            path = Files.folder(of: path)
        }
    }
}

/// Runs a blocking body on a thread of its own that reaches these files only.
///
/// Where no thread is to be had, nothing is run.
public func onConfinedThread<Value: Sendable, Failure: Error>(
    _ reach: FileReach, _ failed: @escaping @Sendable (SystemCallError) -> Failure,
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    // Not the confined thread itself resumes the caller: a pool that has no thread left starts one from there, and
    // what a confined thread starts is as confined, for whatever else it is used later.
    try await onOwnThread { () throws(Failure) in try withConfinedThread(reach, failed, body) }
}

/// The same for a caller that may be blocked itself.
public func withConfinedThread<Value: Sendable, Failure: Error>(
    _ reach: FileReach, _ failed: @escaping @Sendable (SystemCallError) -> Failure,
    _ body: @escaping @Sendable () throws(Failure) -> Value
) throws(Failure) -> Value {
    let answer = Monitor<Result<Value, Failure>?>(nil)
    do throws(SystemCallError) {
        try WorkerPool().start {
            let result = confined(reach, failed, body)
            answer.change { $0 = result }
        }
    } catch {
        throw failed(error)
    }
    return try answer.wait { $0 }.get()
}

private func confined<Value, Failure: Error>(
    _ reach: FileReach, _ failed: (SystemCallError) -> Failure, _ body: () throws(Failure) -> Value
) -> Result<Value, Failure> {
    do throws(SystemCallError) { try reach.confine() } catch { return .failure(failed(error)) }
    return Result { () throws(Failure) in try body() }
}
