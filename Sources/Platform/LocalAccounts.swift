/// The accounts in a host's own files, for hosts that ask those first: passwd(5), group(5), nsswitch.conf(5).
struct LocalAccounts {
    private let text: String

    /// Reads one; nil when another source is asked before it, or it cannot be read.
    ///
    /// Blocks.
    init?(database: String, in folder: String = "/etc") {
        let switches = ((try? Files.text("\(folder)/nsswitch.conf")) ?? nil) ?? ""
        guard Self.asksFilesFirst(for: database, switches),
            let text = (try? Files.text("\(folder)/\(database)")) ?? nil
        else { return nil }
        self.text = text
    }

    /// Where it is not told, glibc asks the files.
    private static func asksFilesFirst(for database: String, _ switches: String) -> Bool {
        let words = switches.byteLines.map { $0.split { $0 == " " || $0 == "\t" } }
        guard let line = words.last(where: { $0.first.map { $0 == "\(database):" } == true }) else {
            return !switches.utf8.contains { $0 == UInt8(ascii: ":") }
        }
        return line.dropFirst().first == "files"
    }

    /// The first line of this name or, if it is one, number; nil when there is none.
    func line(of nameOrNumber: String) -> Substring? {
        let isNumber = !nameOrNumber.isEmpty && nameOrNumber.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let field = isNumber ? 2 : 0
        for line in text.byteLines {
            let fields = line.parts(at: ":")
            // As glibc has it: what makes no sense is passed over, and so are the lines of an older time that begin with a sign.
            guard fields.count >= 4, UInt32(fields[2]) != nil, let first = line.utf8.first, !"+-#".utf8.contains(first)
            else { continue }
            if fields[field].hasSameBytes(as: nameOrNumber) { return line }
        }
        return nil
    }
}
