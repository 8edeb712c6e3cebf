using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Raises work_mem so that the proof can hash the smaller side, and restores it afterwards.
/// Outside a transaction the change ends with its own statement, so the proof runs with the session's work_mem.
/// </summary>
internal sealed class ProofSettings
{
    private readonly string workMemory;

    private ProofSettings(string workMemory) => this.workMemory = workMemory;

    public static async Task<ProofSettings> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string workMemory = await Sql.ShowAsync(connection, "work_mem", cancellationToken).ConfigureAwait(false);
        const string Raise = """
            SELECT pg_catalog.set_config('work_mem', pg_catalog.max(setting::int)::text || 'kB', true)
            FROM pg_catalog.pg_settings WHERE name IN ('work_mem', 'maintenance_work_mem')
            """;
        await Sql.ExecuteAsync(connection, Raise, cancellationToken).ConfigureAwait(false);
        return new ProofSettings(workMemory);
    }

    public Task LeaveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Sql.SetLocalAsync(connection, "work_mem", this.workMemory, cancellationToken);
}
