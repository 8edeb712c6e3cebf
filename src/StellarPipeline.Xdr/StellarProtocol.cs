namespace StellarPipeline.Xdr;

/// <summary>One protocol version of the network, see <see cref="StellarProtocols"/>.</summary>
/// <param name="Number">Its number, as in headers.</param>
/// <param name="Name">Its name; null if it has none or none is known. The network has named its protocols since 23.</param>
/// <param name="Change">What it changed for readers of headers, buckets and entries; "Nothing." if it changed only the effects of
/// transactions.</param>
/// <param name="Source">The specification of the change; empty if nothing changed.</param>
public sealed record StellarProtocol(uint Number, string? Name, string Change, string Source)
{
    /// <summary>Number and name, for messages: "30 (Bell)".</summary>
    public override string ToString() =>
        Name is null ? FormattableString.Invariant($"{Number}") : FormattableString.Invariant($"{Number} ({Name})");
}
