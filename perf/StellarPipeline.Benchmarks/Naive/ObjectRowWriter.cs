using System.Buffers.Binary;

namespace StellarPipeline.Benchmarks.Naive;

/// <summary>
/// Writes rows of boxed values in the binary COPY format, each value by its type, into one growing buffer, like an importer with a call per
/// value.
/// </summary>
internal sealed class ObjectRowWriter
{
    private readonly MemoryStream buffer = new();

    public long Bytes { get; private set; }

    public void Write(object[] row)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt16BigEndian(number, (short)row.Length);
        buffer.Write(number[..2]);
        foreach (object value in row)
        {
            switch (value)
            {
                case byte[] bytes:
                    Length(bytes.Length);
                    buffer.Write(bytes);
                    break;
                case Guid id:
                    Length(16);
                    buffer.Write(id.ToByteArray(bigEndian: true));
                    break;
                case long large:
                    Length(8);
                    BinaryPrimitives.WriteInt64BigEndian(number, large);
                    buffer.Write(number);
                    break;
                case int small:
                    Length(4);
                    BinaryPrimitives.WriteInt32BigEndian(number, small);
                    buffer.Write(number[..4]);
                    break;
                default:
                    throw new NotSupportedException($"The baseline cannot write values of type {value.GetType().Name}.");
            }
        }
    }

    /// <summary>Discards the written bytes, as after sending them.</summary>
    public void Flush()
    {
        Bytes += buffer.Length;
        buffer.SetLength(0);
    }

    private void Length(int bytes)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, bytes);
        buffer.Write(number);
    }
}
