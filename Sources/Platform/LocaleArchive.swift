internal import Glibc

/// Which locales the host's programs find, without loading one: a static program's own C library may be another than theirs.
public enum LocaleArchive {
    static let folder = "/usr/lib/locale"

    /// It is built in, lies in a folder of its own, or in the archive that localedef(1) makes.
    ///
    /// Blocks.
    public static func isThere(_ locale: String) throws(SystemCallError) -> Bool {
        if ["C", "POSIX"].contains(locale) { return true }
        let name = normalized(locale)
        for candidate in Set([locale, name]) {
            if try FileStatus.of("\(folder)/\(candidate)", followingLink: true)?.kind == .folder { return true }
        }
        return try names(in: "\(folder)/locale-archive").contains(name)
    }

    /// The coded character set as glibc compares it: `en_GB.UTF-8@x` is `en_GB.utf8@x` (_nl_normalize_codeset).
    static func normalized(_ locale: String) -> String {
        let parts = locale.parts(at: ".", maxSplits: 1)
        guard parts.count == 2 else { return locale }
        let rest = parts[1].parts(at: "@", maxSplits: 1)
        let codeset = rest[0].lowercased().filter { $0.isLetter || $0.isNumber }
        let isNumber = codeset.allSatisfy(\.isNumber)
        return ([parts[0], "."] + [isNumber ? "iso" : "", codeset[...]] + rest.dropFirst().map { "@\($0)" }).joined()
    }

    /// The names in an archive; none when there is no such file.
    ///
    /// Its head begins with numbers of 32 bits: a mark, a serial, and three for each table, of which the second is that of the
    /// names' text: where it is, how much of it is used, how long it is (struct locarhead, locale/locarchive.h of glibc).
    static func names(in path: String) throws(SystemCallError) -> Set<String> {
        guard try FileStatus.of(path) != nil else { return [] }
        let file = try Descriptor.open(path, O_RDONLY)
        let head = try piece(of: file, 0, 32, path)
        let words = (0..<8).map { index in
            head.dropFirst(index * 4).prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        guard words[0] == 0xde02_0109, words[6] <= 1 << 24 else { return [] }
        let strings = try piece(of: file, Int64(words[5]), Int(words[6]), path)
        return Set(strings.split(separator: 0).compactMap { String(validating: $0, as: UTF8.self) })
    }

    private static func piece(
        of file: borrowing Descriptor, _ offset: Int64, _ count: Int, _ path: String
    ) throws(SystemCallError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemCallError) in try file.read(into: buffer, count: count, at: offset, path: path) }
        }
        return Array(bytes.prefix(try result.get()))
    }
}
