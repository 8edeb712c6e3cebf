namespace StellarPipeline.Postgres.Migrations;

/// <summary>A run of migrations was cancelled. The files that it had committed stay applied or reverted, and are listed.</summary>
public sealed class MigrationsCancelledException : OperationCanceledException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="isUp">False if migrations were reverted.</param>
    /// <param name="completed">Names of the files that are committed, in order.</param>
    /// <param name="cause">The cancellation.</param>
    /// <param name="cancellationToken">The token that was cancelled.</param>
    public MigrationsCancelledException(bool isUp, IReadOnlyList<string> completed, Exception cause, CancellationToken cancellationToken)
        : base(Text(isUp, completed), cause, cancellationToken) => Completed = completed;

    /// <summary>Names of the files that are committed, in order; empty if nothing was changed.</summary>
    public IReadOnlyList<string> Completed { get; }

    private static string Text(bool isUp, IReadOnlyList<string> completed)
    {
        ArgumentNullException.ThrowIfNull(completed);
        string done = isUp ? "applied" : "taken back";
        return completed.Count == 0
            ? "Interrupted. Nothing was committed."
            : $"Interrupted. {completed.Count} migration(s) had been {done} before and remain so: {string.Join(", ", completed)}. Nothing "
                + $"of the next one remains.";
    }
}
