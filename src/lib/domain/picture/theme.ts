/**
 * Colours of pages and charts: ink on paper, and light on dark.
 *
 * Series have the colours of Okabe and Ito, darkened or lightened until they stand out from the ground; shades are one
 * hue. Neither needs an eye that tells red from green.
 */
export interface Theme {
  ground: string
  ink: string
  /** of axes and of what stands beside the matter */
  muted: string
  rule: string
  /** of time that is not covered */
  gap: string
  series: readonly string[]
  /** from little to much */
  ramp: readonly string[]
}

export const LIGHT: Theme = {
  ground: '#ffffff',
  ink: '#1b1f24',
  muted: '#5c6470',
  rule: '#e3e6ea',
  gap: 'rgba(110, 118, 129, 0.16)',
  series: ['#0b65a3', '#c4500a', '#00795a', '#a44a86', '#a87400', '#2f8fc4', '#5b5fc7', '#6b7280'],
  ramp: ['#eef4fa', '#c6dbef', '#85b7dc', '#3f8cc4', '#0b5fa5', '#08306b'],
}

export const DARK: Theme = {
  ground: '#14171b',
  ink: '#e6e8eb',
  muted: '#9aa3af',
  rule: '#2c323a',
  gap: 'rgba(154, 163, 175, 0.20)',
  series: ['#6cb4ee', '#f0995a', '#4cc9a0', '#dd9ac4', '#e0b350', '#9fd3f2', '#a9abf5', '#b0b7c3'],
  ramp: ['#1d2733', '#1f4266', '#2a679f', '#4d93cf', '#8fc1ea', '#dbeeff'],
}

/** What a machine has anyway: nothing is loaded. */
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
/** In an SVG, which may be opened by anything. */
export const PLAIN_FONT = 'sans-serif'
