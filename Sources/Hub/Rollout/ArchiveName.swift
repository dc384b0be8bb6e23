internal import HostConfig
internal import Platform

/// What an archive of a bundle is called: `NAME-VERSION-ARCH.tar.zst` or `NAME-VERSION.tar.zst`, as `bundle pack` does it.
struct ArchiveName {
    /// The name and the version.
    let stem: String
    /// `-ARCH`; empty for an archive that is for any.
    let machine: String
    /// As in `.tar.zst`.
    let ending: String

    /// What archives are called that an agent unpacks.
    static let endings = [".tar.zst", ".tar.xz", ".tar.gz", ".tgz", ".zip", ".tar"]

    /// Nil for a file that is called like none of them.
    init?(_ file: String) {
        guard let ending = Self.endings.first(where: file.hasLastBytes) else { return nil }
        self.ending = ending
        machine = Architecture.allCases.map { "-\($0.rawValue)" }.first { file.hasLastBytes($0 + ending) } ?? ""
        stem = String(Substring(file.utf8.dropLast(machine.utf8.count + ending.utf8.count)))
    }
}
