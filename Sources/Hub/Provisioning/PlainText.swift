extension String {
    /// Nothing but printable ASCII, tabs and line feeds: what stays as it is in YAML's blocks and in mail.
    var isPlain: Bool { utf8.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x09 || $0 == 0x0a } }
}
