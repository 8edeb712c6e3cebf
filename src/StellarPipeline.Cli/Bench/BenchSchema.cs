using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Cli.Bench;

/// <summary>A temporary schema on the user's server with all tables of one measurement; disposing of it drops the schema.</summary>
internal sealed class BenchSchema : IAsyncDisposable
{
    private readonly NpgsqlDataSource outside;

    private BenchSchema(NpgsqlDataSource outside, string name, NpgsqlDataSource database)
    {
        this.outside = outside;
        Name = name;
        DataSource = database;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Connections whose search path is this schema.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Creates a schema.</summary>
    /// <param name="outside">Connections to the database; the caller disposes of them.</param>
    /// <param name="address">The address of the same database.</param>
    /// <param name="loggers">Get the log events.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    public static async Task<BenchSchema> CreateAsync(
        NpgsqlDataSource outside, string address, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        string name = "pipeline_bench_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        await ExecuteAsync(outside, $"CREATE SCHEMA {CopyTable.Quote(name)}", cancellationToken);
        try
        {
            NpgsqlDataSource database =
                await ConnectionSettings.Parse(address, Product.Name).ConnectAsync(name, loggers, cancellationToken);
            return new BenchSchema(outside, name, database);
        }
        catch
        {
            await DropAsync(outside, name);
            throw;
        }
    }

    /// <summary>Runs statements of this program; <c>{schema}</c> is replaced by the schema's quoted name.</summary>
    public Task ExecuteAsync(string statements, CancellationToken cancellationToken) =>
        ExecuteAsync(DataSource, statements.Replace("{schema}", CopyTable.Quote(Name), StringComparison.Ordinal), cancellationToken);

    /// <summary>The first column of a query's rows; $1 is the schema's name.</summary>
    public async Task<List<string>> NamesAsync(string query, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await SessionStart.OpenAsync(DataSource, cancellationToken);
#pragma warning disable CA2100 // A query of this program.
        await using var command =
            new NpgsqlCommand(query, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = Name } } };
#pragma warning restore CA2100
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken)) names.Add(reader.GetString(0));
        return names;
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await DropAsync(outside, Name);
    }

    private static Task DropAsync(NpgsqlDataSource database, string name) =>
        ExecuteAsync(database, $"DROP SCHEMA IF EXISTS {CopyTable.Quote(name)} CASCADE", CancellationToken.None);

    // Under session_replication_role = replica, statements that create hypertables leave incomplete ones.
    private static async Task ExecuteAsync(NpgsqlDataSource database, string statements, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await SessionStart.OpenAsync(database, cancellationToken);
        (NpgsqlTransaction transaction, _) = await SessionStart.BeginAsync(database, connection, cancellationToken);
        await using NpgsqlTransaction begun = transaction;
        await OriginRole.EnterAsync(connection, ServerName.Of(connection), isLocal: true, cancellationToken);
#pragma warning disable CA2100 // Statements of this program; names are quoted.
        await using (var command = new NpgsqlCommand(statements, connection) { CommandTimeout = 0 })
            await command.ExecuteNonQueryAsync(cancellationToken);
#pragma warning restore CA2100
        await begun.CommitAsync(cancellationToken);
    }
}
