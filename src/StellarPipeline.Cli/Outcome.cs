namespace StellarPipeline.Cli;

/// <summary>
/// What can no longer be taken back. From then on nothing turns success into failure: a scheduler would run the load again.
/// </summary>
internal static class Outcome
{
    private static volatile bool isCommitted;

    /// <summary>Whether the load of this process is committed.</summary>
    public static bool IsCommitted => isCommitted || Interruption.Commits.IsCommitted;

    /// <summary>Notes that it is.</summary>
    public static void Commit() => isCommitted = true;
}
