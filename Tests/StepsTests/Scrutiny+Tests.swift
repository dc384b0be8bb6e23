import Platform

@testable import Steps

extension Scrutiny {
    /// The tests' own files, whoever runs them.
    static var ofThisUser: Scrutiny {
        var scrutiny = Scrutiny()
        scrutiny.owner = Account.currentUser
        return scrutiny
    }
}
