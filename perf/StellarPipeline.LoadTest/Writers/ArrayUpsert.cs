using System.Buffers.Binary;
using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>The other way to stage rows: one array parameter for each column, taken apart by unnest in the very statement that the product's writer runs over its staging table.</summary>
/// <remarks>Npgsql takes no encoded bytes for a parameter, so the fields are read out of the pages and written once more. It is written for this one table.</remarks>
internal static class ArrayUpsert
{
    private const string Key = "account_id, asset_id";

    private static readonly string Statement = $"""
        WITH staged AS MATERIALIZED (
          SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::bigint[]) WITH ORDINALITY AS u({WriterRows.Table.ColumnList}, n)),
        written AS (
          INSERT INTO public.target AS t ({WriterRows.Table.ColumnList})
          SELECT {WriterRows.Table.ColumnList} FROM (SELECT DISTINCT ON ({Key}) * FROM staged ORDER BY {Key}, n DESC) AS latest
          ON CONFLICT ({Key}) DO UPDATE SET {string.Join(", ", WriterRows.Table.Columns.Skip(2).Select(column => $"{column} = excluded.{column}"))} RETURNING t.xmax = 0 AS is_new)
        SELECT (SELECT count(*) FROM staged), count(*), count(*) FILTER (WHERE is_new) FROM written
        """;

    /// <summary>Writes a batch and gives its pages back.</summary>
    /// <returns>Rows that were inserted and updated.</returns>
    public static async Task<(long Inserted, long Updated)> WriteAsync(LoadTransaction load, RowBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            await using var command = new NpgsqlCommand(Statement, load.Connection) { CommandTimeout = 0 };
            command.Parameters.AddRange(Parameters(batch));
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.GetInt64(0) != batch.Rows) throw LoadTestException.Failed("The server took other rows than were sent as arrays.");
            return (reader.GetInt64(2), reader.GetInt64(1) - reader.GetInt64(2));
        }
    }

    private static NpgsqlParameter[] Parameters(RowBatch batch)
    {
        int rows = (int)batch.Rows;
        var accounts = new ReadOnlyMemory<byte>[rows];
        var assets = new Guid[rows];
        long[][] numbers = [new long[rows], new long[rows], new long[rows], new long[rows], new long[rows]];
        int[] flags = new int[rows];
        Span<RowField> fields = stackalloc RowField[8];
        int row = 0;
        foreach (RowPage page in batch.Pages)
        {
            var cursor = new RowCursor(page);
            for (; cursor.MoveNext(fields); row++)
            {
                accounts[row] = page.Memory.Slice(fields[0].Offset, fields[0].Length);
                assets[row] = new Guid(cursor.Bytes(fields[1]), bigEndian: true);
                for (int column = 0; column < 4; column++) numbers[column][row] = BinaryPrimitives.ReadInt64BigEndian(cursor.Bytes(fields[2 + column]));
                flags[row] = BinaryPrimitives.ReadInt32BigEndian(cursor.Bytes(fields[6]));
                numbers[4][row] = BinaryPrimitives.ReadInt64BigEndian(cursor.Bytes(fields[7]));
            }
        }

        return
        [
            new() { Value = accounts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            new() { Value = assets },
            .. numbers[..4].Select(values => new NpgsqlParameter { Value = values }),
            new() { Value = flags },
            new() { Value = numbers[4] },
        ];
    }
}
