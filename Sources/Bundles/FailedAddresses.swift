/// What went wrong at one address after the other, and which of it to tell in the end.
struct FailedAddresses {
    /// Wrong bytes, at which somebody must look, before a server in trouble; among equals the first.
    private(set) var worst: BundleError?

    mutating func add(_ error: BundleError) {
        guard let worst else { return self.worst = error }
        if error.isIntegrity && !worst.isIntegrity { self.worst = error }
    }
}
