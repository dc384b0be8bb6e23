/// A file of `NAME=VALUE` lines, as locale.conf(5) is one, of which others may have lines, too.
public struct EnvironmentLines: Sendable {
    private let lines: [String]

    /// Takes the file's text.
    public init(_ text: String) { lines = text.byteLines.map(String.init) }

    /// A variable's value without its quotes; nil when no line sets it.
    public func value(_ name: String) -> String? {
        lines.last { $0.hasPrefix("\(name)=") }.map { line in
            line.dropFirst(name.utf8.count + 1).trimming { $0 == "\"" || $0 == "'" || $0.isWhitespace }
        }
    }

    /// The same with one line for the variable, in the place of its first; nil: with none.
    public func setting(_ name: String, to value: String?) -> String {
        var own = value.map { "\(name)=\($0)" }
        var result: [String] = []
        for line in lines {
            guard line.hasPrefix("\(name)=") else {
                result.append(line)
                continue
            }
            if let new = own { result.append(new) }
            own = nil
        }
        return (result + [own].compactMap(\.self)).map { "\($0)\n" }.joined()
    }
}

extension Substring {
    fileprivate func trimming(_ isDropped: (Character) -> Bool) -> String {
        var rest = drop(while: isDropped)
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return String(rest)
    }
}
