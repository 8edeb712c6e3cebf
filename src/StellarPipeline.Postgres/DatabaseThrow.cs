using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using static System.FormattableString;

namespace StellarPipeline.Postgres;

/// <summary>Throw sites of this library. This part: what the server said or did.</summary>
internal static partial class DatabaseThrow
{
    private const string Nothing = "Nothing of this transaction was stored.";

    /// <summary>
    /// A right that is missing is for somebody to grant, and no other try helps: a refusal, unlike a server that is away.
    /// </summary>
    [DoesNotReturn]
    internal static void ConnectFailed(string server, string description, Exception cause)
    {
        if (cause is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege })
        {
            throw new ConnectionSettingsException(
                $"Could not connect to {server}: {description} Let its owner run: GRANT CONNECT ON DATABASE … TO the role. Nothing was "
                    + $"changed.");
        }

        if (cause is PostgresException
            {
                SqlState: PostgresErrorCodes.InvalidPassword
            or PostgresErrorCodes.InvalidAuthorizationSpecification
            } refused)
        {
            throw new DatabaseException(
                $"The server refused to log in {server} ({refused.SqlState}: {refused.MessageText}). Give the right password by "
                    + $"PGPASSWORD or in a password file (~/.pgpass), or have pg_hba.conf let the role in.", cause);
        }

        if (cause is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing)
        {
            throw new DatabaseException(
                $"There is no such database: {server} (3D000: {missing.MessageText}). Make it with createdb, or correct its name.", cause);
        }

        throw new DatabaseException($"Could not connect to {server}: {description}", cause);
    }

    /// <summary>Reports a failure after the caller's cancellation as a cancellation.</summary>
    [DoesNotReturn]
    internal static void Cancelled(Exception cause, CancellationToken cancellationToken) =>
        throw new OperationCanceledException("The load was cancelled; nothing of this transaction was stored.", cause, cancellationToken);

    [DoesNotReturn]
    internal static void ServerTooOld(string server, Version found, int minimumMajor) =>
        throw new DatabaseException(
            $"The server {server} runs PostgreSQL {found}, but {minimumMajor} or newer is needed. Upgrade the server, or connect to "
                + $"another one.");

    /// <summary>A statement of this library failed.</summary>
    /// <param name="doing">What was being done, as a noun phrase: "Starting the load transaction".</param>
    /// <param name="server">Host, port, database and user.</param>
    /// <param name="cause">What Npgsql threw.</param>
    [DoesNotReturn]
    internal static void Failed(string doing, string server, Exception cause) =>
        throw new DatabaseException($"{doing} failed on {server}: {Cause(cause)}", cause);

    /// <summary>A statement of a load's stage failed.</summary>
    /// <param name="doing">What was being done, as a noun phrase.</param>
    /// <param name="server">Host, port, database and user.</param>
    /// <param name="cause">What Npgsql threw.</param>
    [DoesNotReturn]
    internal static void StageFailed(string doing, string server, Exception cause) =>
        throw new DatabaseException($"{doing} failed on {server}: {Cause(cause)} {Nothing}", cause);

    [DoesNotReturn]
    internal static void SettingNotApplied(string server, string name, string asked, string found) =>
        throw new DatabaseException(
            $"The setting {name} was set to '{asked}' for the load transaction on {server}, but reads back as '{found}'. "
            + "Write the value as the server shows it. If it already is, a pooler in front of the server may use several sessions: connect "
            + "to the server itself.");

    /// <summary>Statements that define tables must not run while triggers are disabled, and the role cannot change that.</summary>
    [DoesNotReturn]
    internal static void OriginRefused(string server, string found, Exception cause) =>
        throw new DatabaseException(
            $"The session on {server} starts with session_replication_role = {found}. Tables and their options must not be changed under "
            + $"this setting, and the role may not set it to origin. {Nothing} Remove the default (ALTER ROLE … RESET "
                + "session_replication_role, or the same of the database), or let a superuser do this.", cause);

    [DoesNotReturn]
    internal static void LockBusy(string server, AdvisoryLock wanted, string holder) =>
        throw new DatabaseException(
            Invariant($"The advisory lock {wanted.Key} ({wanted.Meaning}) on {server} is held by another session: {holder}. ")
            + "Only one session may write at a time. Nothing was changed. Stop that session or wait until it ends, then run again.")
        {
            LockIsBusy = true,
        };

    /// <summary>A lock was not granted within the lock time-out.</summary>
    /// <param name="server">Host, port, database and user.</param>
    /// <param name="limit">The lock time-out.</param>
    /// <param name="holder">The session that last held the lock; null if none was seen.</param>
    /// <param name="cause">The failure of the statement.</param>
    [DoesNotReturn]
    internal static void LockTimedOut(string server, TimeSpan limit, string? holder, DatabaseException cause) =>
        throw new DatabaseException(
            Invariant($"A lock on a table was not granted within {limit.TotalSeconds:0.###} s on {server}: ")
                + $"{(holder is null ? "another session holds it (see pg_locks and pg_stat_activity)" : $"it is held by {holder}")}. "
                + $"{Nothing} End that session, wait until it ends, or allow a longer lock time-out, then run again.",
            cause.InnerException);

    [DoesNotReturn]
    internal static void FailedBefore(string server, Exception earlier) =>
        throw new DatabaseException(
            $"The load transaction on {server} can neither continue nor be committed, because it failed before: {earlier.Message} "
                + $"{Nothing} Remove the cause, then run again.", earlier);

    [DoesNotReturn]
    internal static void CommitRolledBack(string server, Exception? cause) =>
        throw new DatabaseException(
            $"The COMMIT on {server} ended in a "
                + $"rollback{(cause is null ? ", because an earlier statement of the transaction had failed." : $": {Cause(cause)}")} The "
                + $"server confirms it: {char.ToLowerInvariant(Nothing[0])}{Nothing[1..]}", cause);

    [DoesNotReturn]
    internal static void CommitUnknown(string server, ulong transactionId, string status, Exception cause) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"The connection to {server} was lost during COMMIT. It is unknown whether transaction {transactionId} was committed "
                    + $"({status}). ")
            + string.Create(CultureInfo.InvariantCulture,
                $"When the server is back, ask it: SELECT pg_xact_status('{transactionId}'). If it returns committed, the load is "
                        + $"complete; otherwise run again. ")
            + $"Cause: {Cause(cause)}", cause)
        {
            OutcomeIsUnknown = true,
        };

    [DoesNotReturn]
    internal static void CopyFailed(string server, RowBatch batch, Exception cause, string? relation = null)
    {
        long? line = (cause as PostgresException)?.Where is { } where ? CopyContext.Line(where, relation ?? batch.Table.Name) : null;
        long? row = line is { } number && number >= 1 && number <= batch.Rows ? batch.FirstRow + number - 1 : null;
        string place = row is null ? Locations(batch) : Invariant($", at row {row:N0}{Location(batch, line!.Value)}");
        string verb = cause is PostgresException ? "PostgreSQL refused" : "The connection failed while sending";
        throw new DatabaseException($"{verb} {Batch(batch)} on {server}{place}: {Cause(cause, batch.Table.ToString())} {Nothing}", cause)
        {
            Table = batch.Table, BatchNumber = batch.Number, FirstRow = batch.FirstRow, LastRow = batch.LastRow, Row = row,
        };
    }

    [DoesNotReturn]
    internal static void CopyStalled(string server, RowBatch batch, TimeSpan limit, Exception cause) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"COPY of {Batch(batch)} on {server} made no progress for {limit.TotalSeconds:N1} s. The server may be waiting for a lock "
                        + $"or its disk: ")
            + $"see pg_stat_activity and pg_locks. Allow more time if this is expected. {Nothing}", cause)
        {
            Table = batch.Table, BatchNumber = batch.Number, FirstRow = batch.FirstRow, LastRow = batch.LastRow,
        };

    [DoesNotReturn]
    internal static void RowCountDiffers(string server, RowBatch batch, long stored) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"The server {server} stored {stored:N0} rows of {Batch(batch)}, but {batch.Rows:N0} were sent. The transaction will be "
                        + $"rolled back. ")
            + "A trigger or rule on the table may drop or add rows: look for one.")
        {
            Table = batch.Table, BatchNumber = batch.Number, FirstRow = batch.FirstRow, LastRow = batch.LastRow,
        };

    [DoesNotReturn]
    internal static void TableCountDiffers(string server, CopyTable table, long sent, long stored) =>
        throw new DatabaseException(
            string.Create(CultureInfo.InvariantCulture,
                $"The server {server} stored {stored:N0} rows in table {table}, but {sent:N0} were sent. The transaction will be rolled "
                        + $"back. ")
            + "A trigger or rule on the table may drop or add rows: look for one.")
        {
            Table = table,
        };

    [DoesNotReturn]
    internal static void NotConfirmed() =>
        throw new InvalidOperationException(
            "The row counts of this transaction are not confirmed yet. Call CopySink.CompleteAsync before CommitAsync.");

    [DoesNotReturn]
    internal static void TransactionEnded() =>
        throw new InvalidOperationException("This load transaction has ended: it was committed or rolled back. Open another one.");

    /// <summary>The cause in one or two sentences: what the server or the network said, and what to do.</summary>
    /// <param name="cause">What Npgsql threw.</param>
    /// <param name="table">The table that was written to; an error may name a chunk of it instead. Null if it is unknown.</param>
    internal static string Cause(Exception cause, string? table = null)
    {
        if (cause is PostgresException server)
        {
            string constraint =
                server.ConstraintName is { Length: > 0 } key ? $", constraint {ChunkNames.Key(server, key)}" : "";
            string column = string.IsNullOrEmpty(server.ColumnName) ? "" : $", column {server.ColumnName}";
            // Npgsql puts a placeholder here unless the operator has enabled details, because they contain row data.
            string detail = server.Detail is { Length: > 0 } text && !text.StartsWith("Detail redacted", StringComparison.Ordinal)
                ? $" {Sentence(text)}"
                : "";
            string said = Sentence(ChunkNames.Text(server, server.MessageText, table));
            string chunk = ChunkNames.ChunkOf(server) is { } name ? $" (In chunk {name}.)" : "";
            return $"{SqlStateText.Name(server.SqlState)}{constraint}{column}: {said}{detail}{chunk} "
                + $"{SqlStateText.Advice(server.SqlState)}";
        }

        Exception root = cause;
        while (root.InnerException is { } inner)
            root = inner;
        string both = ReferenceEquals(root, cause) ? Sentence(cause.Message) : $"{Sentence(cause.Message)} {Sentence(root.Message)}";
        return cause is NpgsqlException ? $"{both} Check the network and the server's log, then run again." : both;
    }

    private static string Batch(RowBatch batch) =>
        Invariant($"batch {batch.Number} of table {batch.Table} (rows {batch.FirstRow:N0} to {batch.LastRow:N0})");

    private static string Location(RowBatch batch, long line) =>
        batch.PageOfRow(line)?.Location is { } location ? $" (from {Convert.ToString(location, CultureInfo.InvariantCulture)})" : "";

    /// <summary>The source of a batch's rows, if their producer set it.</summary>
    private static string Locations(RowBatch batch)
    {
        string? first = Convert.ToString(batch.Pages[0].Location, CultureInfo.InvariantCulture);
        string? last = Convert.ToString(batch.Pages[^1].Location, CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(first)
            ? ""
            : first == last || string.IsNullOrEmpty(last) ? $" (from {first})" : $" (from {first} to {last})";
    }

    internal static string Sentence(string text) =>
        text.Length == 0 ? "" : $"{char.ToUpperInvariant(text[0])}{text[1..].TrimEnd('.', ' ')}.";
}
