extension Fields {
    static let certificateNames = ["ca_file", "client_certificate", "client_key"]

    /// The files by which servers are trusted, and by which they trust this host.
    func certificates() -> (authorities: String?, own: String?, key: String?) {
        if let key = self["client_key"], self["client_certificate"] == nil {
            contradiction(at: key, "there is no \"client_certificate\" that it belongs to")
        }
        return (
            self["ca_file"]?.absolutePath(), self["client_certificate"]?.absolutePath(),
            self["client_key"]?.absolutePath()
        )
    }
}
