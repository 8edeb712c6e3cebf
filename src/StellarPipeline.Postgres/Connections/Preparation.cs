using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Has the statements that open a load parsed and planned once per connection, and not at each transaction, which costs more than running
/// them.
/// </summary>
/// <remarks>
/// Only where the server itself answers. A prepared statement belongs to a session, and a pooler may give each transaction another one.
/// That the server answers is known after the first transaction: the process that answers is then the one that the connection was greeted
/// by.
/// </remarks>
internal sealed class Preparation
{
    private static readonly ConditionalWeakTable<NpgsqlDataSource, Preparation> Known = [];
    private readonly ConcurrentDictionary<string, bool> direct = new(StringComparer.Ordinal);
    private volatile bool isOff;

    /// <summary>What is known of the servers of a data source.</summary>
    public static Preparation Of(NpgsqlDataSource dataSource) => Known.GetValue(dataSource, _ => new Preparation());

    /// <summary>Notes who answered.</summary>
    public void Saw(NpgsqlConnection connection, SessionFacts facts) => direct[NameOf(connection)] = !facts.IsPooled;

    /// <summary>Prepares no statement of the data source any more: somebody removes them behind our back.</summary>
    public void TurnOff() => isOff = true;

    /// <summary>
    /// Prepares the statements of a batch where that is safe; one round trip the first time on a connection, none after that.
    /// </summary>
    public Task PrepareAsync(NpgsqlConnection connection, NpgsqlBatch batch, CancellationToken cancellationToken) =>
        !isOff && direct.GetValueOrDefault(NameOf(connection)) ? batch.PrepareAsync(cancellationToken) : Task.CompletedTask;

    private static string NameOf(NpgsqlConnection connection) => FormattableString.Invariant($"{connection.Host}:{connection.Port}");
}
