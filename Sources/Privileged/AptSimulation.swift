/// What apt-get's simulation says that it would remove.
public enum AptSimulation {
    /// The packages of its lines `Remv NAME [VERSION]` and `Purg NAME [VERSION]`.
    static func removed(_ output: String) -> [String] {
        output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, words[0] == "Remv" || words[0] == "Purg" else { return nil }
            return String(words[1])
        }
    }

    /// `name` is one of these, which may say an architecture that apt leaves out for the machine's own.
    public static func isAmong(_ names: [String], _ name: String) -> Bool {
        let bare = { (text: String) in text.prefix { $0 != ":" } }
        return names.contains {
            $0 == name || (!name.contains(":") && bare($0) == name) || (!$0.contains(":") && bare(name) == $0)
        }
    }
}
