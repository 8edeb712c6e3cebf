namespace StellarPipeline.Dataflow;

/// <summary>What kind of failure ended a run, for programs that respond differently to each kind.</summary>
public enum FailureKind
{
    /// <summary>A bug: the code failed with an error that it is not documented to throw.</summary>
    Internal,

    /// <summary>Wrong usage or configuration, or an error that was found before any work was done.</summary>
    Usage,

    /// <summary>The source of the data is damaged, incomplete or unproved.</summary>
    Archive,

    /// <summary>The database rejected a statement, failed, or the connection was lost.</summary>
    Database,

    /// <summary>The data is sound but newer than this program. Neither another attempt nor another source helps; an update does.</summary>
    NetworkAhead,
}

/// <summary>Base of every error that a user can act on: its message says what happened, where, and what to do.</summary>
/// <remarks>Messages never contain a secret: connection strings are reduced to host, database and user.</remarks>
public abstract class PipelineException : Exception
{
    /// <summary>Creates an error of the given kind.</summary>
    /// <param name="kind">What kind of failure this is.</param>
    /// <param name="message">Full sentences: what happened, where, what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    protected PipelineException(FailureKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>What kind of failure this is.</summary>
    public FailureKind Kind { get; }
}
