namespace StellarPipeline.Fuzz.Tests.Walks;

/// <summary>A running number over everything that was read.</summary>
internal struct FieldSum
{
    public ulong Value { get; private set; }

    public void Add(ulong field) => Value = (Value * 31) + field;

    public void Add(bool field) => Add(field ? 1UL : 0UL);

    public void Add(ReadOnlySpan<byte> field)
    {
        Add((ulong)field.Length);
        foreach (byte value in field)
            Value = (Value * 31) + value;
    }
}
