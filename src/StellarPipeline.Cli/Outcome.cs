namespace StellarPipeline.Cli;

/// <summary>
/// Whether the load is committed. After that, no error may turn success into failure: a scheduler would run the load again.
/// </summary>
internal static class Outcome
{
    private static volatile bool isCommitted;

    /// <summary>Whether the load of this process is committed.</summary>
    public static bool IsCommitted => isCommitted || Interruption.Commits.IsCommitted;

    /// <summary>Records that the load of this process is committed.</summary>
    public static void Commit() => isCommitted = true;
}
