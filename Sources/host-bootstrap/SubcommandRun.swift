extension Subcommand {
    /// Runs the command.
    func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        Output.print(Help.command(self))
    }
}
