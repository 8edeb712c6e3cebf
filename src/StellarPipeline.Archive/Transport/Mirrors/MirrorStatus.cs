namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>Status of one mirror, for reports.</summary>
/// <param name="Location">Its location, without secrets.</param>
/// <param name="BytesRead">Bytes read from it.</param>
/// <param name="Failures">Number of failed attempts.</param>
/// <param name="WrongFiles">Number of files with wrong content.</param>
/// <param name="BytesPerSecond">Recent speed of one of its streams; null before the first long one.</param>
/// <param name="IsResting">True while it is not used after a failure.</param>
public sealed record MirrorStatus(string Location, long BytesRead, int Failures, int WrongFiles, double? BytesPerSecond, bool IsResting);
