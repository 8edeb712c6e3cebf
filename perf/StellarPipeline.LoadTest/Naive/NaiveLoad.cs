using System.Buffers;
using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Benchmarks.Naive;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.LoadTest.Naive;

/// <summary>
/// A load that works like loaders without a merge: newest bucket first, a set of all seen keys, rows of boxed values,
/// <see cref="NpgsqlBinaryImporter"/>.
/// </summary>
/// <remarks>
/// Written for this comparison, to show the cost of the design. It is not slow on purpose: it reads, decompresses, hashes and decodes with
/// this library, has batches of 250,000 rows, disables the foreign keys, and uses one transaction. It proves only the hash of each bucket.
/// </remarks>
internal sealed class NaiveLoad(Dataset dataset, NpgsqlConnection connection)
{
    private const int RowsPerBatch = 250_000;

    private static readonly Dictionary<CopyTable, NpgsqlDbType[]> ColumnTypes =
        WalletTables.All.ToDictionary(table => table, table => WalletTables.Expect(table).Types.Select(TypeOf).ToArray());

    private readonly SeenKeySet seen = new();
    private readonly Dictionary<CopyTable, List<object?[]>> batches =
        WalletTables.All.ToDictionary(table => table, _ => new List<object?[]>());

    /// <summary>Loads the checkpoint and commits.</summary>
    /// <returns>Number of written rows.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var archive = HistoryArchive.Open(dataset.Archive);
        CheckpointProof proof = await archive.OpenCheckpointAsync(dataset.Facts.Checkpoint, cancellationToken: cancellationToken);
        var rows = new NaiveRows(StellarNetwork.Parse(proof.NetworkPassphrase!), proof.Checkpoint);
        long written = 0;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var silence = new NpgsqlCommand("SET LOCAL session_replication_role = replica", connection))
            await silence.ExecuteNonQueryAsync(cancellationToken);
        foreach (BucketCounters counters in CheckpointEntrySource.Create(archive, proof).Counters)
            written += await LoadBucketAsync(archive.Transport, counters, proof.ProtocolVersion, rows, cancellationToken);
        foreach ((CopyTable table, object?[] values) in rows.Parents()) batches[table].Add(values);
        foreach (CopyTable table in WalletTables.All) written += await WriteBatchAsync(table, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return written;
    }

    private async Task<long> LoadBucketAsync(
        IArchiveTransport transport, BucketCounters counters, uint protocol, NaiveRows rows, CancellationToken cancellationToken)
    {
        using var fault = new FirstFault(cancellationToken);
        await using var feed = new BucketFeed(transport, counters, 0, protocol, new ArchiveReadOptions(), ArrayPool<byte>.Shared, fault);
        feed.Start();
        long written = 0;
        while (true)
        {
            CursorState state = feed.Reader.Advance();
            if (state == CursorState.End) break;
            if (state == CursorState.WindowNeeded) await feed.Reader.WaitAsync(cancellationToken);
            else if (Take(feed.Reader, rows) is { } full) written += await WriteBatchAsync(full, cancellationToken);
        }

        await feed.StreamEnded;
        fault.ThrowIfAny();
        return feed.Verified ? written : throw LoadTestException.Failed($"{counters.Bucket.FileName} was not verified.");
    }

    /// <summary>Processes one record; returns the table whose batch is then full, or null.</summary>
    private CopyTable? Take(BucketReader reader, NaiveRows rows)
    {
        if (!seen.Add(reader.KeyType, reader.KeyBody) || reader.Arm == BucketArm.Dead) return null;
        if (rows.RowOf(reader.Entry) is not { } row) return null;
        List<object?[]> batch = batches[row.Table];
        batch.Add(row.Values);
        return batch.Count == RowsPerBatch ? row.Table : null;
    }

    private async Task<long> WriteBatchAsync(CopyTable table, CancellationToken cancellationToken)
    {
        List<object?[]> batch = batches[table];
        if (batch.Count == 0) return 0;
        NpgsqlDbType[] types = ColumnTypes[table];
        await using NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync(table.CopyCommand, cancellationToken);
        foreach (object?[] row in batch)
        {
            await importer.StartRowAsync(cancellationToken);
            for (int column = 0; column < row.Length; column++)
            {
                if (row[column] is { } value) await importer.WriteAsync(value, types[column], cancellationToken);
                else await importer.WriteNullAsync(cancellationToken);
            }
        }

        ulong count = await importer.CompleteAsync(cancellationToken);
        batch.Clear();
        return (long)count;
    }

    private static NpgsqlDbType TypeOf(string type) => type switch
    {
        "uuid" => NpgsqlDbType.Uuid,
        "text" => NpgsqlDbType.Text,
        "bytea" => NpgsqlDbType.Bytea,
        "numeric" => NpgsqlDbType.Numeric,
        "integer" => NpgsqlDbType.Integer,
        "boolean" => NpgsqlDbType.Boolean,
        "bigint" => NpgsqlDbType.Bigint,
        _ => throw LoadTestException.Failed($"The naive load does not know the type {type}."),
    };
}
