namespace StellarPipeline.Cli;

/// <summary>
/// Whether the load is committed. After that, no error may turn success into failure: a scheduler would run the load again.
/// </summary>
internal static class Outcome
{
    private static volatile bool isCommitted;
    private static volatile bool continues;

    /// <summary>Whether the load of this process is committed, and the process has nothing more to do.</summary>
    public static bool IsCommitted => !continues && (isCommitted || Interruption.Commits.IsCommitted);

    /// <summary>Records that the load of this process is committed.</summary>
    public static void Commit() => isCommitted = true;

    /// <summary>Records that the process has more to do after its load: from here on, an error is a failure again.</summary>
    public static void Continue() => continues = true;
}
