using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Prepares the statements that open a load once per connection. Parsing and planning them in each transaction costs more than running
/// them.
/// </summary>
/// <remarks>
/// Only without a pooler: a prepared statement belongs to a session, and a pooler may give each transaction another session. The first
/// transaction shows whether there is a pooler: without one, the process that answers is the one that announced itself when the connection
/// was opened.
/// </remarks>
internal sealed class Preparation
{
    private static readonly ConditionalWeakTable<NpgsqlDataSource, Preparation> Known = [];
    private readonly ConcurrentDictionary<string, bool> direct = new(StringComparer.Ordinal);
    private volatile bool isOff;

    /// <summary>The state for the servers of a data source.</summary>
    public static Preparation Of(NpgsqlDataSource dataSource) => Known.GetValue(dataSource, _ => new Preparation());

    /// <summary>Records whether the server itself or a pooler answered.</summary>
    public void Saw(NpgsqlConnection connection, SessionFacts facts) => direct[NameOf(connection)] = !facts.IsPooled;

    /// <summary>Stops preparing statements for the data source, because somebody else deallocates them.</summary>
    public void TurnOff() => isOff = true;

    /// <summary>
    /// Prepares the statements of a batch if that is safe: one round trip the first time on a connection, none after that.
    /// </summary>
    public Task PrepareAsync(NpgsqlConnection connection, NpgsqlBatch batch, CancellationToken cancellationToken) =>
        !isOff && direct.GetValueOrDefault(NameOf(connection)) ? batch.PrepareAsync(cancellationToken) : Task.CompletedTask;

    private static string NameOf(NpgsqlConnection connection) => FormattableString.Invariant($"{connection.Host}:{connection.Port}");
}
