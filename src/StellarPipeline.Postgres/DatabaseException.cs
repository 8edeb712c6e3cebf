using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres;

/// <summary>The database refused a statement or failed, or the connection was lost.</summary>
/// <remarks>The message names the server by host, port, database and user, never by its password.</remarks>
public sealed class DatabaseException : PipelineException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Full sentences: what happened, where, what to do.</param>
    /// <param name="innerException">The cause; null if there is none.</param>
    public DatabaseException(string message, Exception? innerException = null)
        : base(FailureKind.Database, message, innerException) => SqlState = (innerException as PostgresException)?.SqlState;

    /// <summary>
    /// The server's five-character SQLSTATE; null if the server gave none (a lost connection, or a check by this library).
    /// </summary>
    public string? SqlState { get; }

    /// <summary>True if the connection was lost during COMMIT and it could not be determined whether the server committed.</summary>
    public bool OutcomeIsUnknown { get; init; }

    /// <summary>True if another session held an advisory lock. It may be free soon.</summary>
    public bool LockIsBusy { get; init; }

    /// <summary>The table that was being written, or null.</summary>
    public CopyTable? Table { get; init; }

    /// <summary>Number of the batch within its table, from 1, or null.</summary>
    public int? BatchNumber { get; init; }

    /// <summary>Number of the batch's first row within its table and run, from 1, or null.</summary>
    public long? FirstRow { get; init; }

    /// <summary>Number of the batch's last row within its table and run, or null.</summary>
    public long? LastRow { get; init; }

    /// <summary>
    /// Number of the refused row within its table and run, from 1; null if the server named none, as for foreign keys.
    /// </summary>
    public long? Row { get; init; }
}
