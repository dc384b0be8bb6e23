internal import Glibc
internal import Synchronization

/// Open files that this program was given by the one whose place it took in this process, by name.
///
/// A lock goes over with its file, so that nobody gets in between.
public enum InheritedFiles {
    private static let variable = "HOST_BOOTSTRAP_INHERITED"
    private static let files = Mutex<[String: Int32]>([:])

    /// Takes them over as the program starts; nothing that it starts itself gets them.
    static func adopt() {
        guard let text = ProcessStart.environment(variable) else { return }
        unsetenv(variable)
        for entry in text.parts(at: ",", omittingEmpty: true) {
            let parts = entry.parts(at: "=", maxSplits: 1).map(String.init)
            // What is no open file of ours, or one of the three that every program has, is no gift.
            guard parts.count == 2, let number = Int32(parts[1]), number > 2, fcntl(number, F_SETFD, FD_CLOEXEC) == 0
            else { continue }
            files.withLock { $0[parts[0]] = number }
        }
    }

    /// One of them, which is the caller's from now on; where there is none of this name, what `open` opens.
    public static func take(
        _ name: String, orOpened open: () throws(SystemCallError) -> Descriptor
    ) throws(SystemCallError) -> Descriptor {
        if let number = files.withLock({ $0.removeValue(forKey: name) }) { return Descriptor(owning: number) }
        return try open()
    }

    /// Leaves files, by name and number, to the program that takes this one's place.
    static func leave(_ given: [String: Int32]) {
        for number in given.values { _ = fcntl(number, F_SETFD, 0) }
        setenv(variable, given.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ","), 1)
    }

    /// Nobody took it.
    static func keep(_ given: [String: Int32]) {
        for number in given.values { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        unsetenv(variable)
    }
}
