using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Entries;

/// <summary>One signer of an account.</summary>
/// <param name="Key">An encoded SignerKey, see <see cref="SignerKeyXdr"/>.</param>
/// <param name="Weight">1 to 255 in legal entries.</param>
/// <param name="Sponsor">The sponsor's public key, written in account extension 2 and above.</param>
internal readonly record struct AccountSigner(ReadOnlyMemory<byte> Key, uint Weight, byte[]? Sponsor = null);
