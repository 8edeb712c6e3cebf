namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>An SCAddress: its arm and the bytes of the arm without inner discriminants (muxed: id, then key).</summary>
internal sealed record TestAddress(int Type, byte[] Payload)
{
    public static TestAddress Contract(byte fill) => new(1, Enumerable.Repeat(fill, 32).ToArray());

    public void Encode(XdrBuilder xdr)
    {
        xdr.Int32(Type);
        if (Type is 0 or 3)
            xdr.Int32(0);
        xdr.Raw(Payload);
    }

    public void EncodeSortKey(List<byte> key)
    {
        key.Add((byte)Type);
        key.AddRange(Payload);
    }
}
