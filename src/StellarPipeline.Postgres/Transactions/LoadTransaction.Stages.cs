using System.Data;
using System.Text;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres.Transactions;

/// <content>The stage of the load, shown in pg_stat_activity and in error messages.</content>
public sealed partial class LoadTransaction
{
    // NAMEDATALEN - 1: the server truncates longer names, and the stage is at the end.
    private const int MaxApplicationNameBytes = 63;

    private string? stage;
    private string? announced;
    private string? program;

    /// <summary>
    /// Shows the current stage of the load as application_name in pg_stat_activity, until the transaction ends: "name load: copy accounts".
    /// </summary>
    /// <param name="name">The stage, a few words.</param>
    /// <param name="cancellationToken">Ends the statement; the transaction must then be rolled back.</param>
    /// <exception cref="DatabaseException">The connection is lost, or an earlier statement failed.</exception>
    public async Task EnterStageAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        AnnounceStage(name);
        if (announced is null) return;
        await GuardAsync($"The step to {name}", async () =>
        {
            NpgsqlBatch batch = NewBatch();
            batch.Timeout = OpeningTimeoutSeconds;
            await using (batch.ConfigureAwait(false)) await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Enters a stage without a round trip: the next <see cref="NewBatch"/> shows it. For a stage that begins with a statement of this
    /// library.
    /// </summary>
    /// <param name="name">The stage, a few words.</param>
    internal void AnnounceStage(string name) => announced = StageStatement(name) ?? announced;

    /// <summary>A batch on the load's connection, without time-out, that first shows the announced stage.</summary>
    internal NpgsqlBatch NewBatch()
    {
        // 0: no limit in Npgsql. lock_timeout, which the transaction has set, limits locks.
        var batch = new NpgsqlBatch(Connection) { Timeout = 0 };
        if (announced is not null) batch.BatchCommands.Add(new NpgsqlBatchCommand(announced));
        announced = null;
        return batch;
    }

    /// <summary>
    /// Runs statements of the load on its connection. Errors of the server or the network are thrown as one type of exception, and the
    /// transaction can then no longer be committed.
    /// </summary>
    /// <param name="doing">What they do, as the beginning of a sentence: "The proof of the foreign keys".</param>
    /// <param name="statements">The statements.</param>
    /// <param name="cancellationToken">The token that the statements watch.</param>
    /// <exception cref="DatabaseException">The server refused a statement, or the connection failed. Exceptions of this library pass
    /// unchanged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, whatever error that
    /// caused.</exception>
    public async Task GuardAsync(string doing, Func<Task> statements, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statements);
        try
        {
            await statements().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(error);
            if (error is OperationCanceledException) throw;
            if (cancellationToken.IsCancellationRequested) DatabaseThrow.Cancelled(error, cancellationToken);
            bool isBroken = error is InvalidOperationException && (Connection.FullState & ConnectionState.Open) == 0;
            if (error is NpgsqlException or IOException or TimeoutException || isBroken) DatabaseThrow.StageFailed(doing, Server, error);
            throw;
        }
    }

    /// <summary>
    /// Sets <c>session_replication_role</c> to <c>origin</c> until the end of the transaction, and reads it back. Needed for DDL: under
    /// <c>replica</c> TimescaleDB silently creates plain tables instead of hypertables.
    /// </summary>
    /// <param name="cancellationToken">Ends the statements; the transaction must then be rolled back.</param>
    /// <exception cref="DatabaseException">The role may not change it, or another value is read back.</exception>
    public Task EnterOriginAsync(CancellationToken cancellationToken = default) => GuardAsync(
        "The step to session_replication_role = origin",
        () => OriginRole.EnterAsync(Connection, Server, isLocal: true, cancellationToken), cancellationToken);

    /// <summary>The statement that sets the stage, to be sent with others; null if it is already set.</summary>
    internal string? StageStatement(string name)
    {
        if (name == stage) return null;
        stage = name;
        string suffix = $" load: {name}";
        program ??= new NpgsqlConnectionStringBuilder(Connection.ConnectionString).ApplicationName is { Length: > 0 } given
            ? given
            : ConnectionSettings.DefaultApplicationName;
        int room = Math.Max(0, MaxApplicationNameBytes - Encoding.UTF8.GetByteCount(suffix));
        return $"SET LOCAL application_name = {SqlText.Literal(Start(program, room) + suffix)}";
    }

    /// <summary>The longest start of a text that fits in a number of UTF-8 bytes, without splitting a character.</summary>
    private static string Start(string text, int maxBytes)
    {
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if ((maxBytes -= rune.Utf8SequenceLength) < 0) break;
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
