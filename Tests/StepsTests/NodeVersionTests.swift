import Engine
import Glibc
import HostConfig
import Testing

@testable import Steps

@Suite struct NodeVersionTests {
    @Test(arguments: [(nil, false), ("", false), ("/home/x/.nvm", false), ("/home/x/.nvm/", false), ("/opt/nvm", true)])
    func `an NVM_DIR that names another folder is told of`(variable: String?, isTold: Bool) {
        let words = NodeVersion(number: "22.20.0", home: "/home/x").ignoredFolder(variable)
        #expect((words != nil) == isTold)
        #expect(words?.contains("/opt/nvm") != false && words?.contains("/home/x/.nvm") != false)
    }

    /// The environment is the whole process's.
    @Test func `it is told whenever the step is looked at, even when there is nothing to do`() async {
        await #expect(processExitsWith: .success) {
            setenv("NVM_DIR", "/opt/nvm", 1)
            let text = """
                {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h", "node_version": "22.20.0"}
                """
            let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
            let host = try await Host.look(configuration)
            let told = Told()
            let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [told])
            let step = NodeRuntime(try #require(configuration.node), try #require(host.node), host)
            _ = try await step.inspect(StepContext(step: step.id, log: log))
            await log.finish()
            try #require(told.messages.first?.hasPrefix("warning: NVM_DIR is /opt/nvm and is not followed") == true)
        }
    }
}
