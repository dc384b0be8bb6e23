internal import Platform

/// What starts a project's program, in words that need no shell.
public struct StartCommand: Sendable, Equatable {
    /// What the first word names.
    public enum Program: Sendable, Equatable {
        /// Node, whichever the host has.
        case node
        /// Python, as Debian has it.
        case python
        /// A program of the host's: an absolute path, or a name that systemd looks for where programs are.
        case host(String)
        /// A file of the project's, by its path beneath the folder.
        case own(String)
    }

    /// A variable of its environment.
    public struct Variable: Sendable, Equatable {
        /// Its name and value.
        public let name: String, value: String

        /// Makes one.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Set for it alone.
    public let variables: [Variable]
    /// What is run.
    public let program: Program
    /// What it is given; paths are seen from the project's folder.
    public let arguments: [String]

    init(_ program: Program, _ arguments: [String], variables: [Variable] = []) {
        self.variables = variables
        self.program = program
        self.arguments = arguments
    }

    /// Reads a line such as `PORT=80 node server.js`; `place` is where it stands.
    /// - Throws: ``ProjectError/badStart(place:reason:)`` for what only a shell understands.
    public init(_ line: String, from place: String) throws(ProjectError) {
        let shells = Set("|&;<>()$`\\\"'*?{}[]~#!".unicodeScalars)
        guard line.withControlsShown.utf8.elementsEqual(line.utf8), !line.utf8.contains(0x0a) else {
            throw .badStart(place: place, reason: "is not one line of plain text")
        }
        if let sign = line.unicodeScalars.first(where: shells.contains) {
            throw .badStart(place: place, reason: "holds \(sign), which only a shell understands")
        }
        let words = line.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { String(Substring($0)) }
        let variables = words.prefix { Self.variable($0) != nil }.compactMap(Self.variable)
        let rest = words.dropFirst(variables.count)
        guard let first = rest.first else { throw .badStart(place: place, reason: "names no program") }
        self.init(try Self.program(first, place), Array(rest.dropFirst()), variables: variables)
    }

    private static func variable(_ word: String) -> Variable? {
        let halves = word.parts(at: "=", maxSplits: 1)
        guard halves.count == 2, let first = halves[0].utf8.first, !(0x30...0x39).contains(first),
            halves[0].isAlphanumeric(or: "_")
        else { return nil }
        return Variable(name: String(halves[0]), value: String(halves[1]))
    }

    private static func program(_ word: String, _ place: String) throws(ProjectError) -> Program {
        // A dash, @, +, ! or : in front means something to systemd.
        guard word.isAlphanumeric(or: "/._+-@"), let first = word.utf8.first,
            first != UInt8(ascii: "-"), first != UInt8(ascii: "@"), first != UInt8(ascii: "+")
        else { throw .badStart(place: place, reason: "\(word) is no name of a program") }
        switch word {
        case "node", "nodejs": return .node
        case "python", "python3": return .python
        default: break
        }
        if word.hasFirstBytes("/") || !word.utf8.contains(UInt8(ascii: "/")) { return .host(word) }
        let parts = (word.hasFirstBytes("./") ? Substring(word.utf8.dropFirst(2)) : word[...]).parts(at: "/")
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw .badStart(place: place, reason: "\(word) is no path beneath the folder in its shortest form")
        }
        return .own(parts.joined(separator: "/"))
    }
}
