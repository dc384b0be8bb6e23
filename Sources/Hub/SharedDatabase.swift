internal import Platform
internal import PostgreSQL

/// A PostgreSQL database in which several hubs keep one fleet.
public struct SharedDatabase: Sendable, Equatable {
    let address: PostgreSQLAddress

    /// Takes `postgresql://[USER@]HOST[:PORT]/DATABASE[?OPTION=VALUE…]`, as libpq reads it.
    public init(_ text: String) throws(HubError) {
        guard let address = PostgreSQLAddress(text) else { throw .badDatabase }
        self.address = address
    }

    /// A password stands in the address, where the command line shows it to all.
    public var hasPassword: Bool { address.hasPassword }
}

extension HubFolder {
    /// The database that belongs to this folder, so that commands beside the server need not be told.
    func rememberedDatabase() throws(HubError) -> SharedDatabase? {
        let text: String?
        do throws(SystemCallError) { text = try Files.text(database) } catch { throw .system(error) }
        return try text.map { (text) throws(HubError) in
            try SharedDatabase(String(text.prefix { !$0.isNewline }))
        }
    }

    func remember(_ database: SharedDatabase) throws(HubError) {
        if try rememberedDatabase() == database { return }
        do throws(SystemCallError) {
            try Files.replace(
                self.database, with: Array("\(database.address.text)\n".utf8), mode: 0o600, owner: try owner())
        } catch { throw .system(error) }
    }
}
