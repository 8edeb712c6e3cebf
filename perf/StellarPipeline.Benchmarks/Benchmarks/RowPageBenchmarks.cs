using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Benchmarks.Naive;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>Rows of trustline_balances written as COPY tuples into pages from decoded values.</summary>
public class RowPageBenchmarks
{
    private const int Rows = 100_000;
    private const int RowsPerPage = 2_000;
    private const int RowBytes = 127;
    private readonly PagePool pool = new();
    private readonly byte[] account = new byte[33];
    private readonly byte[] asset = new byte[16];
    private readonly byte[] template = new byte[RowBytes];
    private readonly byte[] target = new byte[RowsPerPage * RowBytes];
    private RowPageWriter writer = null!;

    [GlobalSetup]
    public void Setup()
    {
        writer = new RowPageWriter(WalletTables.TrustlineBalances, pool);
        BinaryPrimitives.WriteInt16BigEndian(template, (short)WalletTables.TrustlineBalances.Columns.Count);
        WorkAmounts.Record<RowPageBenchmarks>(new WorkAmount((long)Rows * RowBytes, Rows));
    }

    [GlobalCleanup]
    public void Cleanup() => writer.Dispose();

    /// <summary>The lower limit: copies finished rows.</summary>
    [Benchmark(Baseline = true)]
    public int CopyRows()
    {
        for (int row = 0; row < Rows; row++) template.CopyTo(target.AsSpan(row % RowsPerPage * RowBytes));
        return target[^1];
    }

    /// <summary>Rows with a fixed layout: copies a template and writes eight values into it.</summary>
    [Benchmark]
    public long FixedRows()
    {
        long bytes = 0;
        for (int row = 0; row < Rows; row++)
        {
            Span<byte> fields = writer.BeginFixedRow(RowBytes);
            template.CopyTo(fields);
            account.CopyTo(fields[6..]);
            asset.CopyTo(fields[43..]);
            BinaryPrimitives.WriteInt64BigEndian(fields[63..], row);
            BinaryPrimitives.WriteInt64BigEndian(fields[75..], row);
            BinaryPrimitives.WriteInt64BigEndian(fields[87..], row);
            BinaryPrimitives.WriteInt64BigEndian(fields[99..], row);
            BinaryPrimitives.WriteInt32BigEndian(fields[111..], row);
            writer.EndFixedRow();
            bytes += HandOver(row);
        }

        return bytes;
    }

    /// <summary>Writes rows field by field.</summary>
    [Benchmark]
    public long FieldByField()
    {
        long bytes = 0;
        for (int row = 0; row < Rows; row++)
        {
            writer.BeginRow();
            writer.WriteBytes(account);
            writer.WriteUuid(asset);
            writer.WriteInt64(row);
            writer.WriteInt64(row);
            writer.WriteInt64(row);
            writer.WriteInt64(row);
            writer.WriteInt32(row);
            writer.WriteInt64(row);
            writer.EndRow();
            bytes += HandOver(row);
        }

        return bytes;
    }

    /// <summary>An array of boxed values per row; each value is written by its type.</summary>
    [Benchmark]
    public long RowObjects()
    {
        var importer = new ObjectRowWriter();
        var id = new Guid(asset, bigEndian: true);
        for (int row = 0; row < Rows; row++)
        {
            importer.Write([account, id, (long)row, (long)row, (long)row, (long)row, row, (long)row]);
            if (row % RowsPerPage == RowsPerPage - 1) importer.Flush();
        }

        return importer.Bytes;
    }

    private long HandOver(int row)
    {
        if (row % RowsPerPage != RowsPerPage - 1) return 0;
        using RowPage page = writer.Take()!;
        return page.ByteCount;
    }
}
