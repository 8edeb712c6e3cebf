using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>The TimescaleDB settings of the history tables. Reading it changes nothing.</summary>
internal sealed record TimescaleStatus
{
    /// <summary>Version of the extension in this database; null if it is not installed.</summary>
    public required string? Version { get; init; }

    /// <summary>
    /// Whether a job scheduler runs for this database. If the server has more databases than background workers, some have none, and their
    /// jobs never run.
    /// </summary>
    public bool HasScheduler { get; init; }

    /// <summary>Whether sessions of this database use and record the ranges of chunk skipping by default.</summary>
    public bool HasChunkSkipping { get; init; }

    /// <summary>The history tables that are hypertables, by name.</summary>
    public IReadOnlyList<HypertableState> Hypertables { get; init; } = [];

    /// <summary>Jobs of these tables.</summary>
    public IReadOnlyList<TimescaleJobState> Jobs { get; init; } = [];

    /// <summary>Foreign keys that refer to them.</summary>
    public IReadOnlyList<HypertableReference> References { get; init; } = [];

    /// <summary>What an operator should know, in full sentences.</summary>
    /// <returns>Empty if nothing is unusual.</returns>
    public IReadOnlyList<string> Remarks()
    {
        var remarks = new List<string>();
        if (Version is null) return remarks;
        if (!HasScheduler && Jobs.Count > 0)
        {
            remarks.Add(
                "No job scheduler runs for this database, so its jobs do not run: nothing is compressed or dropped automatically. "
                    + "The server's timescaledb.max_background_workers and max_worker_processes must allow one worker for each database "
                    + "with the extension. SELECT _timescaledb_functions.start_background_workers() starts it.");
        }

        if (!HasChunkSkipping && Hypertables.Count > 0)
        {
            remarks.Add(
                $"{TimescaleExtension.ChunkSkipping} is off, so the compression policies record no ranges of ledgers, and queries by "
                    + "ledger or id read every chunk. Set it to on before chunks are compressed, for the server or with ALTER DATABASE … "
                    + $"SET {TimescaleExtension.ChunkSkipping} = on.");
        }

        foreach (TimescaleJobState job in Jobs.Where(job => job.LastOutcome == "Failed"))
            remarks.Add($"The last run of job {job.Id} ({job.Procedure} of {job.Table}) failed: see timescaledb_information.job_errors.");
        string[] off = [.. Jobs.Where(job => job is { Kind: TimescaleJobKind.Retention, IsOn: false }).Select(job => job.Table)];
        if (off.Length > 0)
        {
            remarks.Add(
                $"Retention of {string.Join(", ", off)} is switched off, so nothing is dropped. To switch it on, run timescale configure "
                    + "--run-retention true.");
        }

        foreach (HypertableReference key in References)
        {
            remarks.Add(
                $"Foreign key {key.Name} of {key.Table} refers to {key.References} and blocks dropping and compressing its chunks. Drop "
                    + "the key.");
        }

        return remarks;
    }

    /// <summary>Reads the state of a database.</summary>
    /// <param name="database">The database; stays the caller's.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <exception cref="Postgres.DatabaseException">The database cannot be read.</exception>
    public static async Task<TimescaleStatus> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        string schema = await SessionStart.RequireSchemaAsync(database, cancellationToken).ConfigureAwait(false);
        var runner = new QueryRunner(database, new QueryOptions { Schema = schema });
        return await TimescaleCatalog.ReadAsync(runner, schema, cancellationToken).ConfigureAwait(false);
    }
}
