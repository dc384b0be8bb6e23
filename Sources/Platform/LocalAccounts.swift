/// The accounts in a host's own files, for hosts that ask those first: passwd(5), group(5), nsswitch.conf(5).
///
/// It reads what is plain, and leaves all else to getent(1), which reads as glibc does.
struct LocalAccounts {
    private let lines: [[Substring]]

    /// Reads one; nil when it is not the files alone that say what they say, or a line is none that useradd(8) writes.
    ///
    /// Blocks.
    init?(database: String, in folder: String = "/etc") {
        let switches = ((try? Files.text("\(folder)/nsswitch.conf")) ?? nil) ?? ""
        guard Self.asksFilesFirst(for: database, switches),
            let text = (try? Files.text("\(folder)/\(database)")) ?? nil
        else { return nil }
        let count = database == "passwd" ? 7 : 4
        var lines: [[Substring]] = []
        for line in text.byteLines where !line.isEmpty {
            let fields = line.parts(at: ":")
            guard fields.count == count, let first = line.utf8.first, !" \t+-#".utf8.contains(first),
                fields[2] == "\(UInt32(fields[2]) ?? 0)"
            else { return nil }
            lines.append(fields)
        }
        self.lines = lines
    }

    /// What they find is the answer, and nothing is merged with it.
    private static func asksFilesFirst(for database: String, _ switches: String) -> Bool {
        let words = switches.byteLines.map { $0.split { $0 == " " || $0 == "\t" } }
        guard let line = words.last(where: { $0.first.map { $0 == "\(database):" } == true }) else { return false }
        let sources = line.dropFirst()
        guard sources.first == "files", let next = sources.dropFirst().first else { return sources.first == "files" }
        return !next.hasPrefix("[") || next == "[NOTFOUND=return]"
    }

    /// The fields of the first of this name or, if it is one, number; nil when there is none.
    func fields(of nameOrNumber: String) -> [Substring]? {
        let isNumber = !nameOrNumber.isEmpty && nameOrNumber.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return lines.first { $0[isNumber ? 2 : 0].hasSameBytes(as: nameOrNumber) }
    }
}
