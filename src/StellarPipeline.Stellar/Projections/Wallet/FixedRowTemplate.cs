using System.Buffers.Binary;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>A COPY tuple whose fields all have a fixed length: its constant bytes.</summary>
/// <remarks>Layout (PostgreSQL manual, COPY, binary format): field count int16, then per field a length int32 and the bytes.</remarks>
internal sealed class FixedRowTemplate
{
    private readonly byte[] bytes;

    /// <param name="table">The table.</param>
    /// <param name="fieldBytes">Length of each field, in the order of the table's columns.</param>
    public FixedRowTemplate(CopyTable table, params ReadOnlySpan<int> fieldBytes)
    {
        if (fieldBytes.Length != table.Columns.Count)
        {
            throw new ArgumentException(
                $"{fieldBytes.Length} lengths were given for the {table.Columns.Count} columns of {table.Name}.", nameof(fieldBytes));
        }

        int total = 2;
        foreach (int field in fieldBytes) total += 4 + field;
        bytes = new byte[total];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)fieldBytes.Length);
        int at = 2;
        foreach (int field in fieldBytes)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), field);
            at += 4 + field;
        }
    }

    /// <summary>Length of the tuple in bytes.</summary>
    public int Bytes => bytes.Length;

    /// <summary>The constant bytes. A constructor may set fields that are the same in every row.</summary>
    public Span<byte> Template => bytes;

    /// <summary>Copies the template to a new row.</summary>
    public void CopyTo(Span<byte> row) => bytes.CopyTo(row);
}
