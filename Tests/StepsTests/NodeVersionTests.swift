import Testing

@testable import Steps

@Suite struct NodeVersionTests {
    @Test(arguments: [(nil, false), ("", false), ("/home/x/.nvm", false), ("/home/x/.nvm/", false), ("/opt/nvm", true)])
    func `an NVM_DIR that names another folder is told of`(variable: String?, isTold: Bool) {
        let words = NodeVersion(number: "22.20.0", home: "/home/x").ignoredFolder(variable)
        #expect((words != nil) == isTold)
        #expect(words?.contains("/opt/nvm") != false && words?.contains("/home/x/.nvm") != false)
    }
}
