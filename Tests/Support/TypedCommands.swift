public import Platform

/// The commands of a program that the texts of the sources name for somebody to type.
public struct TypedCommand: Sendable, CustomStringConvertible {
    /// The file beneath Sources.
    public let file: String
    /// The word behind the program's name.
    public let word: String
    /// The options behind that.
    public let options: [String]

    /// As it is told when it is wrong.
    public var description: String { "\(file): \(([word] + options).joined(separator: " "))" }

    /// All of them; of what only looks like one, `prose` says by which words it goes on.
    public static func all(of program: String, prose: Set<String>) throws(SystemCallError) -> [TypedCommand] {
        let top = "\(Checkout.folder)/Sources"
        var found: [TypedCommand] = []
        for file in try files(beneath: top) where file.hasLastBytes(".swift") {
            let text = joined(try Files.text(file) ?? "")
            for line in text where !line.hasPrefix("//") {
                found += commands(of: program, in: line, String(file.dropFirst(top.count + 1)))
            }
        }
        return found.filter { !prose.contains($0.word) }
    }

    /// Lines without their indentation; a text that goes on with the next is one with it.
    private static func joined(_ text: String) -> [String] {
        text.byteLines.reduce(into: [String]()) { lines, line in
            let words = line.drop { $0 == " " }
            if words.hasPrefix("+ \""), let last = lines.last, last.hasSuffix("\"") {
                lines[lines.count - 1] = String(last.dropLast() + words.dropFirst(3))
            } else {
                lines.append(String(words))
            }
        }
    }

    private static func commands(of program: String, in line: String, _ file: String) -> [TypedCommand] {
        line.split(separator: "\(program) ", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
            let word = String(rest.prefix { $0.isLowercase || $0 == "-" })
            guard word.first?.isLowercase == true else { return nil }
            let own = rest.split(separator: ", or ").first ?? ""
            let whole = own.prefix { !";\"".contains($0) }
            let options = whole.split { " ,)\\".contains($0) }.filter { $0.hasPrefix("--") }
            return TypedCommand(file: file, word: word, options: options.map(String.init))
        }
    }

    private static func files(beneath folder: String) throws(SystemCallError) -> [String] {
        var files: [String] = []
        for name in try Folders.names(in: folder).sorted() {
            let path = "\(folder)/\(name)"
            switch try FileStatus.of(path)?.kind {
            case .folder?: files += try self.files(beneath: path)
            case .file?: files.append(path)
            default: break
            }
        }
        return files
    }
}
